export { fbank } from './fbank';
export { resample } from './resample';
