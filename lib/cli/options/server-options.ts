import {
  checkBitrateLimitWindowSeconds,
  checkIdleTimeoutSeconds,
  checkMaxDurationSeconds,
  checkNotNegative,
  checkTimeSkewSeconds,
} from '../../configuration/limits.js';
import { leadingInteger, leadingNumber, parseRate } from '../../configuration/quantities.js';
import type { ApplyOption } from './common-options.js';

/** The server's options. */
export const serverOptions = {
  daemon: (draft) => {
    draft.server.daemon = true;
  },
  'one-off': (draft) => {
    draft.server.oneOff = true;
  },
  'server-bitrate-limit': (draft, value = '') => {
    const slash = value.indexOf('/');
    if (slash !== -1) {
      draft.server.bitrateLimitWindowSeconds = checkBitrateLimitWindowSeconds(leadingNumber(value.slice(slash + 1)));
    }
    const rate = slash === -1 ? value : value.slice(0, slash);
    draft.server.bitrateLimitBitsPerSecond = checkNotNegative(parseRate(rate), rate);
  },
  'server-max-duration': (draft, value = '') => {
    draft.server.maxDurationSeconds = checkMaxDurationSeconds(leadingInteger(value));
  },
  'idle-timeout': (draft, value = '') => {
    draft.server.idleTimeoutSeconds = checkIdleTimeoutSeconds(leadingInteger(value));
  },
  'rsa-private-key-path': (draft, value) => {
    draft.server.authentication = { ...draft.server.authentication, rsaPrivateKeyPath: value };
  },
  'authorized-users-path': (draft, value) => {
    draft.server.authentication = { ...draft.server.authentication, authorizedUsersPath: value };
  },
  'time-skew-threshold': (draft, value = '') => {
    draft.server.authentication = {
      ...draft.server.authentication,
      timeSkewSeconds: checkTimeSkewSeconds(leadingInteger(value)),
    };
  },
} satisfies Record<string, ApplyOption>;
