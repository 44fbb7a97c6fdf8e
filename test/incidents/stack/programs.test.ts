import { expect, it } from "vitest";
import { findPrograms } from "./programs.ts";

it("finds the servers of the system's packages", () => {
	expect(findPrograms().nginx).toMatch(/nginx$/);
});

it("says what to install where they are missing", () => {
	expect(() => findPrograms(["/nowhere"])).toThrow(
		expect.objectContaining({ code: "BAD_CONFIG", hint: expect.stringContaining("nginx redis-server") }),
	);
});
