/// <reference lib="dom" />
/** The live camera: a dialog with what it sees, a shutter, and the next camera where there are several. */
import { buttonOf, element } from '../../../saliency/page/client/dom.js';

export interface Viewfinder {
  readonly taken: (photo: Blob) => void;
  readonly failed: (error: unknown) => void;
}

export function listenToViewfinder({ taken, failed }: Viewfinder): void {
  const dialog = element('viewfinder', HTMLDialogElement);
  const video = element('video', HTMLVideoElement);
  const [open, flip] = [buttonOf('live'), buttonOf('flip')];
  let stream: MediaStream | undefined;
  let facing: 'environment' | 'user' = 'environment';
  open.hidden = !navigator.mediaDevices?.getUserMedia;

  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.srcObject = null;
  };
  const start = async () => {
    stop();
    const media = { video: { facingMode: facing, width: { ideal: 2560 }, height: { ideal: 1440 } } };
    stream = await navigator.mediaDevices.getUserMedia(media);
    video.srcObject = stream;
    await video.play();
    const devices = await navigator.mediaDevices.enumerateDevices();
    flip.hidden = devices.filter(({ kind }) => kind === 'videoinput').length < 2;
  };

  open.addEventListener('click', async () => {
    try {
      await start();
      dialog.showModal();
      buttonOf('shutter').focus();
    } catch (error) {
      stop();
      failed(error);
    }
  });
  flip.addEventListener('click', () => {
    facing = facing === 'user' ? 'environment' : 'user';
    start().catch((error) => {
      dialog.close();
      failed(error);
    });
  });
  buttonOf('viewfinder-close').addEventListener('click', () => dialog.close());
  // However it was closed, also by Escape: the camera's light goes out.
  dialog.addEventListener('close', stop);
  buttonOf('shutter').addEventListener('click', async () => {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    dialog.close();
    try {
      taken(await canvas.convertToBlob({ type: 'image/png' }));
    } catch (error) {
      failed(error);
    }
  });
}
