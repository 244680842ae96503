/** torchaudio, librosa and ffmpeg as contestants. */
import path from 'node:path';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { PythonPeer, pythonWith } from './python.ts';
import type { Contestant } from './rounds.ts';

/** The wheels for Linux bring CUDA along: 6.7 GB, once. imageio-ffmpeg is an ffmpeg binary. */
const REQUIREMENTS = ['torch==2.9.1', 'torchaudio==2.9.1', 'librosa==0.11.0', 'imageio-ffmpeg==0.8.1'];

/** null, with the reason on stderr, where they can't be installed. */
export async function startAudioPeers(): Promise<PythonPeer | null> {
  const python = await pythonWith(REQUIREMENTS);
  return python === null ? null : new PythonPeer(python, path.join(PROJECT_ROOT, 'bench', 'audio_peers.py'));
}

/** @param command as `time librosa {} song.mp3`, with {} for how many times */
export function peerContestant(peer: PythonPeer, command: string): Contestant {
  return async (numTimes) => {
    const answer = await peer.ask(command.replace('{}', String(numTimes)));
    const [wall, cpu] = answer.split(' ').map(Number);
    return { wall: wall ?? Number.NaN, cpu: cpu ?? Number.NaN };
  };
}
