/** The page of a library in a browser: menu, article, table, button; anti-aliased text of 12 to 30 pixels. */
import { Artwork, type Faces, type TextStyle } from './artwork.js';
import { fromCanvas, type Sample, toSharp } from './picture.js';

export async function drawScreenshot(faces: Faces): Promise<Sample> {
  const [width, height] = [1100, 700];
  const art = new Artwork(width, height, '#ffffff');
  const regular = faces.face('Inter');
  const bold = faces.face('Inter', 700);
  const body: TextStyle = { face: regular, size: 15, colour: '#27303a' };
  const grey = { ...body, size: 12.5, colour: '#6a7480' };
  art.box(0, 0, width, 58, '#1f3a5f');
  const white = { ...body, colour: '#ffffff' };
  art.row(
    [
      ['Fernwick Library', 40, { ...white, face: bold, size: 19 }],
      ['Catalogue', 560, white],
      ['Events', 686, white],
      ['My account', 784, white],
      ['Sign in', 1012, white],
    ],
    36,
  );
  art.write('Home / Visit / Opening hours', 40, 94, grey);
  art.write('Opening hours this winter', 40, 146, { ...body, face: bold, size: 30, colour: '#111820' });
  let y = art.paragraph(
    'From 3 November the reading room stays open until 9 pm on weekdays. The children’s corner and the ' +
      'sound archive keep their usual hours, and the café closes thirty minutes before the library does.',
    40,
    186,
    700,
    24,
    body,
  );
  y += 24;
  art.box(40, y - 24, 700, 36, '#eef2f7');
  const head = { ...body, face: bold, size: 14 };
  const table = [
    ['Monday to Friday', '8:30–21:00', '150 seats'],
    ['Saturday', '10:00–18:00', '150 seats'],
    ['Sunday', '12:00–17:00', '80 seats'],
  ] as const;
  const columns = [56, 320, 560] as const;
  art.row(
    [
      ['Day', columns[0], head],
      ['Hours', columns[1], head],
      ['Reading room', columns[2], head],
    ],
    y,
  );
  for (const cells of table) {
    y += 36;
    art.row(
      [
        [cells[0], columns[0], body],
        [cells[1], columns[1], body],
        [cells[2], columns[2], body],
      ],
      y,
    );
    art.box(40, y + 12, 700, 1, '#d8dee6');
  }
  y += 66;
  art.context.fillStyle = '#0b6e4f';
  art.context.beginPath();
  art.context.roundRect(40, y - 26, 186, 42, 8);
  art.context.fill();
  art.write('Book a study room', 62, y, { ...white, face: bold, size: 15 });
  y += 54;
  art.write('Questions? Write to desk@fernwick-library.example or call 0555 014 7730.', 40, y, body);
  art.write('Page updated on 27 October 2025 · Accessibility · Privacy', 40, height - 28, grey);
  const bytes = await toSharp(fromCanvas(art.canvas)).png({ compressionLevel: 9 }).toBuffer();
  return { file: 'screenshot.png', bytes, text: art.lines.join('\n') };
}
