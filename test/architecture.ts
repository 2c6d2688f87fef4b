/** The sources as the architecture tests see them: files of the checkout and what each imports. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '../models/base/paths.js';

export const TOPS = ['apps', 'synth', 'models', 'compression', 'test'] as const;

export interface Import {
  /** Path from the package's root with `/`, e.g. `models/base/errors.ts`, or a package's name. */
  readonly target: string;
  readonly kind: 'static' | 'dynamic' | 'type';
}

/** Paths from the package's root, with `/`. */
export function listFiles(tops: readonly string[] = TOPS): string[] {
  return tops.flatMap((top) =>
    readdirSync(join(packageRoot(), top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => portable(join(entry.parentPath, entry.name))),
  );
}

/** Folders below and including the tops, from the package's root. */
export function listFolders(tops: readonly string[] = TOPS): string[] {
  return tops.flatMap((top) => [
    top,
    ...readdirSync(join(packageRoot(), top), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => portable(join(entry.parentPath, entry.name))),
  ]);
}

export const readSource = (file: string) => readFileSync(join(packageRoot(), file), 'utf8');

/** Everything that a TypeScript file imports or re-exports. Dynamic imports count where their target is a literal. */
export function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readSource(file), ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, kind: Import['kind']) => {
    if (specifier && ts.isStringLiteralLike(specifier))
      found.push({ target: resolveImport(file, specifier.text), kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node) ? 'type' : 'static');
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'static');
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, 'type');
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], 'dynamic');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `import type …`; `import { type A, b }` runs the module and is none. */
function isTypeOnly(node: ts.ImportDeclaration): boolean {
  return node.importClause?.isTypeOnly ?? false;
}

function resolveImport(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/');
    return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  }
  const path = join(packageRoot(), dirname(file), specifier);
  const source = path.replace(/\.js$/, '.ts');
  return portable(existsSync(source) && statSync(source).isFile() ? source : path);
}

const portable = (path: string) => relative(packageRoot(), path).split(sep).join('/');
