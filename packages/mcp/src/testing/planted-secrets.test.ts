import { redact } from "@faultline/platform";
import { expect, it } from "vitest";
import { plantedSecrets } from "./planted-secrets.ts";

it("every planted secret is taken out of its line, alone and in a text of others", () => {
	const planted = plantedSecrets(50);
	expect(planted.filter((p) => redact(p.text).text.includes(p.secret)).map((p) => p.text)).toEqual([]);
	const whole = redact(planted.map((p) => p.text).join("\n")).text;
	expect(planted.filter((p) => whole.includes(p.secret)).map((p) => p.text)).toEqual([]);
	const quoted = redact(JSON.stringify({ lines: planted.map((p) => p.text) })).text;
	expect(planted.filter((p) => quoted.includes(p.secret)).map((p) => p.text)).toEqual([]);
});
