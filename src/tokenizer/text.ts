/** One text, or a pair of texts (premise and hypothesis, question and passage). */
export type Text = string | [string, string];
