/// <reference lib="dom" />
/** Downloads and the clipboard. */

/** @returns the file's name */
export function download(blob: Blob, name: string): string {
  const link = document.createElement('a');
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
  // The download has its own hold on the blob once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return name;
}

export function toPng(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('No PNG came out.'))), 'image/png'),
  );
}

export const copyText = (text: string): Promise<void> => navigator.clipboard.writeText(text);
