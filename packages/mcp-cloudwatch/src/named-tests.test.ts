import { join } from "node:path";
import { missingTests } from "@faultline/mcp/testing";
import { expect, it } from "vitest";

it("the table of capabilities names tests that there are", () => expect(missingTests(join(import.meta.dirname, ".."))).toEqual([]));
