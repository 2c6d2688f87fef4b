/** The room that a sign takes up: the upright box around it as it is turned and sheared. Lengths in pixels. */
export interface Room {
  /** Of its centre. */
  readonly x: number;
  readonly y: number;
  /** Half of its width and height. */
  readonly across: number;
  readonly down: number;
}

/** Half of the width and height of the box around a rectangle, turned by `angle` radians after it was sheared. */
export function turnedBox(
  width: number,
  height: number,
  angle: number,
  shearX = 0,
  shearY = 0,
): Pick<Room, 'across' | 'down'> {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return {
    across: (Math.abs(cos - sin * shearY) * width + Math.abs(cos * shearX - sin) * height) / 2,
    down: (Math.abs(sin + cos * shearY) * width + Math.abs(sin * shearX + cos) * height) / 2,
  };
}

export function apart(a: Room, b: Room): boolean {
  return Math.abs(a.x - b.x) > a.across + b.across || Math.abs(a.y - b.y) > a.down + b.down;
}
