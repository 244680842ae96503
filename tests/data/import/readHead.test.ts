import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileHead } from '../../../data/import/readHead.ts';
import { type FileFolder, makeFileFolder } from './importFixture.ts';

let files: FileFolder;
beforeAll(async () => {
  files = await makeFileFolder();
});
afterAll(() => files.remove());

describe('the head of a CSV file', () => {
  it.each([
    [',', 'rank,title,artist\n1,"a;b;c;d",x\n2,b,y\n'],
    [';', 'rank;title;artist\n1;"a, b, c";x\n2;b, c;y\n'],
    ['\t', 'rank\ttitle\tartist\n1\ta, b\tx\n'],
    ['|', 'rank|title|artist\n1|a|x\n'],
  ] as const)('is separated by %j', async (delimiter, text) => {
    const head = await readFileHead(await files.write('x.csv', `\ufeff${text.replaceAll('\n', '\r\n')}`));
    expect(head).toMatchObject({ type: 'csv', delimiter });
    expect(head.type === 'csv' && head.records[0]).toEqual(['rank', 'title', 'artist']);
  });

  it('is the same compressed, and never more than some rows', async () => {
    const text = `a,b\n${'1,2\n'.repeat(100_000)}`;
    const plain = await readFileHead(await files.write('x.csv', text));
    const packed = await readFileHead(await files.write('x.csv.gz', gzipSync(text)));
    expect(packed).toMatchObject({ delimiter: ',', records: plain.type === 'csv' ? plain.records : [] });
    expect(plain.type === 'csv' && plain.records.length).toBeLessThan(100);
  });

  it('of an empty file is empty', async () => {
    expect(await readFileHead(await files.write('x.csv', ''))).toMatchObject({ records: [], sizeBytes: 0 });
  });
});

describe('what is no chart file', () => {
  it.each([
    ['charts.zip', Buffer.from('PK\u0003\u0004rest', 'latin1'), 'ImportRejected', /is a ZIP archive/],
    ['x.csv', gzipSync('a,b\n'), 'ImportRejected', /is gzip data/],
    ['x.csv', Buffer.from('\ufeffrank,uri\n', 'utf16le'), 'ImportRejected', /is UTF-16 text/],
    [
      'x.csv',
      Buffer.from('rang,titre,\xe9coutes\n1,a,2\n', 'latin1'),
      'ImportRejected',
      /not UTF-8 text: line 1, byte 12 is 0xe9/,
    ],
    ['x.csv', Buffer.from('rank,uri\n1,x\n', 'utf16le'), 'ImportRejected', /not UTF-8 text: line 1, byte 2 is 0x00/],
    ['x.csv.gz', Buffer.from('not packed'), 'InvalidInput', /can't be read \(Z_DATA_ERROR\)/],
    ['x.parquet', Buffer.from('PAR1 not really PAR1'), 'ImportRejected', /can't be read as Parquet/],
  ])('%s', async (name, content, type, message) => {
    await expect(readFileHead(await files.write(name, content))).rejects.toMatchObject({
      type,
      message: expect.stringMatching(message),
    });
  });

  it('a file that is not there', async () => {
    await expect(readFileHead(`${files.folder}/nothing.csv`)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('ENOENT'),
    });
  });
});
