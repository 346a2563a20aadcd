import type { offline as english } from '../en/offline';

export const offline: Record<keyof typeof english, string> = {
  'offline.newer':
    'Eine neuere Version dieser Seite liegt bereit. Neu laden übernimmt sie und beginnt von vorn.',
};
