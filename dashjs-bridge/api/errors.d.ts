/** An option is missing or out of its range. Mend it and attach again. */
export declare class FugitiveOptionError extends Error {
    readonly name = "FugitiveOptionError";
    /** The option's name in `FugitiveOptions`. */
    readonly option: string;
    constructor(option: string, expected: string);
}
/**
 * The player cannot be extended: it has its title already, had a Fugitive before, which `destroy()` does not undo, was
 * destroyed (Shaka), or is a dash.js that is neither 5 nor 4. Of hls.js and Shaka the version is not looked at.
 */
export declare class FugitiveAttachError extends Error {
    readonly name = "FugitiveAttachError";
}
