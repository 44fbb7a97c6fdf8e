import { describe, expect, it } from "vitest";
import { lineTemplate } from "./template.ts";

describe("kinds of lines", () => {
	it.each([
		["order 17 took 3.5 ms", "order <*> took <*> ms"],
		["2026-06-19T09:00:00.123Z GET /a/5f0c9d3e2b1a from 10.0.0.7:5432", "<*> GET /a/<*> from <*>"],
		['user "mia" not found', "user <*> not found"],
		["boom\n  at f (a.js:1:2)", "boom"],
		["", "<empty>"],
		["block blk_-6952295868487656571 gone", "block blk_<*> gone"],
		["trace 0af76519-16cd-43dd-8448-eb211c80319c done", "trace <*> done"],
	])("%s is %s", (text, template) => expect(lineTemplate(text)).toBe(template));
});
