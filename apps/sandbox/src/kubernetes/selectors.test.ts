import { describe, expect, it } from "vitest";
import { type KubeObject, metaOf } from "./object.ts";
import { fieldSelector, labelSelector } from "./selectors.ts";

const pod: KubeObject = {
	apiVersion: "v1",
	kind: "Pod",
	metadata: metaOf("Pod", { name: "web-1", namespace: "a", created: 0, labels: { app: "web", tier: "front" } }),
	status: { phase: "Running" },
};

describe("labelSelector", () => {
	it.each([
		["", true],
		["app=web", true],
		["app==web,tier!=back", true],
		["app=web,tier=back", false],
		["app in (api, web)", true],
		["app notin (api,web)", false],
		["tier,!canary", true],
		["!tier", false],
		["missing!=x", true],
	])("%s is %s", (text, expected) => expect(labelSelector(text)?.(pod)).toBe(expected));

	it("says that it cannot read nonsense", () => expect(labelSelector("((")).toBeUndefined());
});

describe("fieldSelector", () => {
	it.each([
		["status.phase=Running", true],
		["status.phase!=Running", false],
		["metadata.name=web-1,metadata.namespace=a", true],
		["spec.nodeName=", true],
		["spec.nodeName=x", false],
	])("%s is %s", (text, expected) => expect(fieldSelector(text)?.(pod)).toBe(expected));

	it("says that it cannot read nonsense", () => expect(fieldSelector("nothing")).toBeUndefined());
});
