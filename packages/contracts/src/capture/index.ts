export { CaptureManifest } from "./format.ts";
export { NO_RECORD, readCapture, readManifest } from "./read.ts";
export { requireNewFolder, type WriteCaptureOptions, writeCapture } from "./write.ts";
