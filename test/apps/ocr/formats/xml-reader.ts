/** A strict little XML reader for tests: throws where a document is not well-formed. Knows no DTDs and no namespaces. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const NAME = '[A-Za-z_][\\w:.-]*';
const TOKEN = new RegExp(
  `<\\?xml[^?]*\\?>|<!DOCTYPE[^>]*>|<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>|([^<]+)`,
  'y',
);
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export function readXml(source: string): XmlElement {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids exactly these
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/u.test(source))
    throw new Error('a character that XML forbids');
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) throw new Error(`no XML at ${at}: ${source.slice(at, at + 60)}`);
    const [, close, name, values, empty, text] = match;
    const current = open.at(-1)!;
    if (text !== undefined) current.text += resolveEntities(text);
    else if (close) {
      if (open.pop()!.name !== name) throw new Error(`</${name}> closes <${current.name}>`);
    } else if (name) {
      const attributes: Record<string, string> = {};
      for (const [, key, value] of values!.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))) {
        if (key! in attributes) throw new Error(`${key} twice`);
        attributes[key!] = resolveEntities(value!);
      }
      const element = { name, attributes, children: [], text: '' };
      current.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  if (root.children.length !== 1) throw new Error('not one root element');
  return root.children[0]!;
}

function resolveEntities(text: string): string {
  return text.replace(/&(#\d+;|[a-z]+;)?/g, (_, entity?: string) => {
    if (!entity) throw new Error('a bare &');
    const name = entity.slice(0, -1);
    const character = name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : ENTITIES[name];
    if (character === undefined) throw new Error(`&${entity}`);
    return character;
  });
}

/** All elements below (and with) `element`, in document order. */
export function* walk(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* walk(child);
}

export function find(element: XmlElement, test: (element: XmlElement) => boolean): XmlElement[] {
  return [...walk(element)].filter(test);
}
