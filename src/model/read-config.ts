import { copyFields, type HashFormerConfig, parseConfig } from '../architecture/config.ts';

/** What knows other families and other encoders than RoBERTa's, in a chunk of its own: most models need none of it. */
function families() {
  return import('./family/families.ts');
}

/**
 * A config.json, of ours or of another family, which becomes one of ours first.
 *
 * @throws HashformerError `config`: what field, what it must be, what it is
 */
export async function readConfig(json: unknown): Promise<HashFormerConfig> {
  const fields = copyFields(json);
  const { model_type: type = 'hashformer', architecture } = fields;
  if (type !== 'hashformer') return parseConfig((await families()).translate(fields));
  if (architecture !== undefined) (await families()).checkOwn(architecture);
  return parseConfig(fields);
}
