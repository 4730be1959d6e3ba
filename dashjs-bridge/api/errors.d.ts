/** An option is missing or out of its range. Mend it and attach again. */
export declare class FugitiveOptionError extends Error {
    readonly name = "FugitiveOptionError";
    /** The option's name in `FugitiveOptions`. */
    readonly option: string;
    constructor(option: string, expected: string);
}
/** The player cannot be extended: it plays already, has a Fugitive, or is not dash.js 5. */
export declare class FugitiveAttachError extends Error {
    readonly name = "FugitiveAttachError";
}
