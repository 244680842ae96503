/** `chartlife model show`: what a model is made of. Starts fast: no TensorFlow. */
import { Command } from 'commander';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { shellWord } from '../output/shellWord.ts';

export const modelShowCommand: CommandBuilder = (act) =>
  new Command('show')
    .summary('the tensors of a model, its size and its cost')
    .description(
      'List the tensors of a model with their shapes and numbers, the memory that its weights take, and the ' +
        'multiplications for one spectrogram. Of a file only the head is read, whatever its size.',
    )
    .argument('<preset|file>', 'base, tiny or nano; or a .safetensors file')
    .option('--json', 'print one JSON object, each tensor in it')
    .action(act(show));

async function show(context: CommandContext, what: string): Promise<undefined> {
  const { describeModel } = await import('../model/describeModel.ts');
  const { renderModel } = await import('../model/renderModel.ts');
  const model = await describeModel(what, context.effects.cwd);
  if (context.isJson) {
    await context.printJson(model);
    return;
  }
  await context.print(renderModel(model, { width: widthOf(context.effects.stdout), styles: context.styles }));
  if (model.preset === null && model.isAst) {
    const files = '--config config.json --input fbank.npy --out embedded';
    await context.suggest(
      `chartlife model embed --weights ${shellWord(what)} ${files}`,
      'what it makes of a spectrogram',
    );
  } else
    await context.suggest(`chartlife model show ${shellWord(what)} --json`, 'each tensor by its name, for a program');
}
