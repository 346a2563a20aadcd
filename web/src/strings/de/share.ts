import type { share as english } from '../en/share';

export const share: Record<keyof typeof english, string> = {
  'share.make': 'Link zu diesem Moment kopieren',
  'share.copied': 'Der Link ist kopiert. Wer ihn öffnet, steht dort, wo Sie stehen.',
  'share.by_hand': 'Diesen Link kopieren:',
  'share.too_long':
    'Dieses Szenario ist zu lang für einen Link. Exportieren Sie es stattdessen als Datei.',
  'share.broken':
    'Der Link enthält kein lesbares Szenario: Ein Teil davon fehlt oder wurde verändert.',
  'share.version':
    'Der Link hat die Version {version}, die diese Seite nicht kennt. Eine neuere vielleicht.',
  'share.too_large': 'Der Link enthält mehr, als ein Szenario haben darf.',
  'share.refused': 'Der Link enthält kein Szenario, das sich abspielen lässt: {reason}',
  'share.link': 'Link',
};
