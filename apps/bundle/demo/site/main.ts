/** The script behind `npm run demo`. */
import { runDemo } from './run-demo.js';

process.exitCode = await runDemo(process.argv.slice(2));
