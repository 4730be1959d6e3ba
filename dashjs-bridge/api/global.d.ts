import type * as dashjs from './index.js';
import type * as hlsjs from './hlsjs.js';
import type * as shaka from './shaka.js';
declare global {
    /** Each script tag adds its player. */
    const fugitive: {
        /** `dist/dashjs.global.js`. */
        readonly dashjs: typeof dashjs;
        /** `dist/hlsjs.global.js`. */
        readonly hlsjs: typeof hlsjs;
        /** `dist/shaka.global.js`. */
        readonly shaka: typeof shaka;
    };
}
