/** Links that carry a scenario. */
export const share = {
  'share.make': 'Copy a link to this moment',
  'share.copied': 'The link is copied. Whoever opens it stands where you stand.',
  'share.by_hand': 'Copy this link:',
  'share.too_long': 'This scenario is too long for a link. Export it as a file instead.',
  'share.broken':
    'The link carries no scenario that can be read: part of it is missing or changed.',
  'share.version':
    'The link is of version {version}, which this page does not know. A newer page may.',
  'share.too_large': 'The link carries more than a scenario may have.',
  'share.refused': 'The link carries no scenario that can be played: {reason}',
  'share.link': 'Link',
} as const;
