/** What conversions are checked on when nobody names better: short and long, plain and odd. */
export const SENTENCES: readonly string[] = [
  'a gorgeous, witty, seductive movie',
  'The plot makes no sense and the acting is worse.',
  'I would not say that it was bad, but I would not watch it again.',
  'One of the best films of the year: moving, funny and beautifully shot.',
  'It arrived two weeks late, the box was torn, and nobody answered my letters.',
  'The train to Vienna leaves at half past seven from platform 4.',
  'How do I reset my password?',
  'Please cancel my subscription and refund the last payment.',
  'Water boils at a lower temperature on top of a mountain.',
  'She said she would come, and then she did not.',
  'Unbelievably, antidisestablishmentarianism was mispelled agian.',
  'OK.',
  'Meh...',
  'Wow!!! :-)',
  'Der Film war großartig, wirklich.',
  '3.14159, 2.71828 and 1.41421 are not the only numbers worth knowing by heart.',
];
