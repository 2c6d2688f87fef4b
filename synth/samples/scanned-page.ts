/** A page of a society's newsletter, scanned at 150 dpi: two columns, small print, a little askew. */
import sharp from 'sharp';
import { Random } from '../../models/base/random.js';
import { Artwork, type Faces } from './artwork.js';
import { blur, expose, fromCanvas, place, type Sample, tilted } from './picture.js';

const LEFT =
  'The footbridge at Alder Weir was closed on 6 January after two of its oak beams were found to be soft. ' +
  'A survey in February put the cost of a full repair at £18,400, of which the council will bear one half. ' +
  'The society has so far collected £6,250 from its 312 members and from a sale of old photographs. ' +
  'Work may begin as soon as the water is low, which in most years means the first weeks of June.';
const RIGHT =
  'Until then walkers are asked to take the lower path by the mill. It adds about a quarter of an hour ' +
  'and is muddy after rain, but the view of the herons’ nests is worth the boots. A ferry on Sundays ' +
  'was discussed and dropped: nobody could be found to row it. Those who wish to help with the painting ' +
  'in autumn should write to the secretary, Ms Ottilie Brandt, before the end of August.';
const COMMITTEE =
  'At the meeting of 11 March the accounts for 2024 were accepted without a vote against. Income was ' +
  '£9,874.30 and spending £7,120.85, so that £2,753.45 is carried over. Rosa Lindqvist remains treasurer; ' +
  'Peter Amadi takes over the map library from Jo Whitcombe, who kept it for nineteen years. The fee stays ' +
  'at £24 a year (£12 for students). Members who pay by standing order need do nothing.';
const LETTERS =
  'Two readers ask why the stiles at Crook Farm were replaced by gates. The answer is simple: gates let ' +
  'in pushchairs, older dogs and older members. The old steps went to the museum, where the longest one, ' +
  'cut in 1887, can be sat upon.';
const NOTES = [
  '1 The survey by Harrow & Pike can be read in the library (ref. AW-77/2). Figures include VAT.',
  '2 Photographs of the bridge before 1930 are still wanted, on loan or as copies.',
];

export async function drawScannedPage(faces: Faces): Promise<Sample> {
  const [width, height] = [1240, 1754];
  const art = new Artwork(width, height, '#fdfdfb');
  const body = { face: faces.face('Tinos'), size: 22.9, colour: '#1c1b1d' };
  const bold = { ...body, face: faces.face('Tinos', 700) };
  const sans = { ...body, face: faces.face('Arimo', 700) };
  const [left, right] = [150, width - 150];
  const column = 450;
  art.row(
    [
      ['The Alder Valley Walker', left, { ...bold, size: 21 }],
      ['No. 48 · Spring 2025', right, { ...body, size: 21, align: 'right' }],
    ],
    150,
  );
  art.box(left, 166, right - left, 2, '#222');
  art.write('A new footbridge by summer?', left, 262, { ...sans, size: 56 });
  art.write('What the survey found, and what happens next', left, 312, {
    ...body,
    face: faces.face('Tinos', 400, true),
    size: 30,
  });
  const end = Math.max(
    art.paragraph(LEFT, left, 392, column, 31, body, true),
    art.paragraph(RIGHT, right - column, 392, column, 31, body, true),
  );
  art.write('Dates for your diary', left, end + 66, { ...sans, size: 32 });
  const dates = [
    'Saturday 26 April: clearing the lower path, meet at 9.30 at the mill.',
    'Friday 16 May: talk by Dr H. Okafor, “Weirs and their fish”, village hall, 7 pm.',
    'Sunday 22 June: annual walk to Pendle Rocks, 14 km, bring a packed lunch.',
  ];
  for (const [i, date] of dates.entries()) art.write(date, left, end + 116 + i * 35, body);
  let y = end + 276;
  for (const [title, text] of [
    ['From the committee', COMMITTEE],
    ['Letters', LETTERS],
  ] as const) {
    art.write(title, left, y, { ...sans, size: 32 });
    y = art.paragraph(text, left, y + 48, right - left, 31, body) + 44;
  }
  const foot = y + 20;
  art.box(left, foot - 34, 260, 1.5, '#333');
  for (const [i, note] of NOTES.entries()) art.write(note, left, foot + i * 25, { ...body, size: 16.5 });
  art.write('3', width / 2, height - 110, { ...body, align: 'center' });

  const random = new Random(23, 'scan');
  const ground = fromCanvas(new Artwork(width, height, '#fbfbf9').canvas);
  const still = [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ] as const;
  place(fromCanvas(art.canvas), tilted([width / 2 + 2, height / 2 - 3], width, height, -0.45, still), ground);
  const soft = await blur(ground, 0.6);
  // Dust on the glass, and the darker edge where the lid does not close.
  const { data } = soft[1];
  for (let i = 0; i < 40; i++)
    data[random.int(0, height - 2) * width + random.int(0, width - 2)] = random.int(90, 180);
  expose(soft, random, 2, (x) => 1.03 - 0.3 * Math.exp(-x * 90));
  const bytes = await sharp(soft[1].data, { raw: { width, height, channels: 1 } })
    .linear(1.12, -14)
    .png({ palette: true, colours: 12, dither: 0, compressionLevel: 9 })
    .toBuffer();
  return { file: 'scanned-page.png', bytes, text: art.lines.join('\n') };
}
