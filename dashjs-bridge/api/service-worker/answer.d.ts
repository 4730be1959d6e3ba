/** What `answerFetches` takes; nothing must be given. */
export interface AnswerOptions {
    /** How long a page may take for a file before the network is asked, in milliseconds. @default 10000 */
    answerMs?: number;
    /**
     * How long images and fonts wait for a page to offer files at all, in milliseconds from a page's first: those of a page
     * that has just begun to load would be asked of the network before its script runs. Once some page offers files, none
     * waits, listed or not. Scripts and styles never wait, for the page's script waits for them.
     * @default 0
     */
    waitMs?: number;
    /**
     * When a new worker takes over. `atOnce`: pages that are open are its own as soon as it is installed, the page of a first
     * visit as well. `nextVisit`: as browsers have it, once no page of the worker before is left.
     * @default 'nextVisit'
     */
    control?: 'atOnce' | 'nextVisit';
}
/**
 * Has pages of the site answer what tags ask for: scripts, styles, fonts, images, tracks. Call it once, while the
 * worker's script first runs; listeners of the app's own that come before may answer in its place.
 */
export declare function answerFetches({ answerMs, waitMs, control }?: AnswerOptions): void;
