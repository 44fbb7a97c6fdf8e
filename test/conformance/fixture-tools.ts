import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "@faultline/contracts";
import type { AnyTool, ContentBlock, ToolContext, ToolReply } from "@faultline/mcp";
import { defineTool, READS } from "@faultline/mcp";
import { z } from "zod";

/** A red pixel and a silent sample: the smallest valid files of their kinds. */
export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==";

type Run = (args: Record<string, string>, context: ToolContext) => Promise<{ text: string; extra?: ContentBlock[] }>;

function tool(name: string, run: Run, inputSchema: z.ZodObject = z.object({})): AnyTool {
	return defineTool({
		name,
		title: name,
		description: `Fixture of the conformance suite: ${name}.`,
		inputSchema,
		outputSchema: z.object({ said: z.string() }),
		annotations: READS,
		async run(args, context): Promise<ToolReply<{ said: string }>> {
			const { text, extra } = await run(args as Record<string, string>, context);
			return { data: { said: text }, text, ...(extra === undefined ? {} : { extra }) };
		},
	});
}

const callerOf = ({ caller }: ToolContext) => {
	if (caller === undefined) throw new AppError("INTERNAL", "the fixture was called without a caller");
	return caller;
};

async function elicit(
	context: ToolContext,
	message: string,
	properties: Record<string, unknown>,
	required: string[] = [],
): Promise<string> {
	const { action, content } = await callerOf(context).elicit({ message, schema: { type: "object", properties, required } });
	return `action=${action}, content=${JSON.stringify(content ?? {})}`;
}

const titled = (kind: "oneOf" | "anyOf", words: string[]) => ({
	[kind]: words.map((word, i) => ({ const: `value${i + 1}`, title: `${word} Option` })),
});

const ENUMS = {
	untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
	titledSingle: { type: "string", ...titled("oneOf", ["First", "Second", "Third"]) },
	legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["Option One", "Option Two", "Option Three"] },
	untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
	titledMulti: { type: "array", items: titled("anyOf", ["First", "Second", "Third"]) },
};

const DEFAULTS = {
	name: { type: "string", default: "John Doe" },
	age: { type: "integer", default: 30 },
	score: { type: "number", default: 95.5 },
	status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
	verified: { type: "boolean", default: true },
};

/** JSON Schema that zod has no words for travels as metadata of the schema. */
const rich = z
	.object({
		name: z.string().optional(),
		contactMethod: z.enum(["phone", "email"]).optional(),
		phone: z.string().optional(),
		email: z.string().optional(),
	})
	.meta({
		$defs: { address: { $anchor: "addressDef", type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
		allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
		if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
		// biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
		then: { required: ["phone"] },
		else: { required: ["email"] },
	});

const image: ContentBlock = { type: "image", data: PNG, mimeType: "image/png" };
const document = (uri: string, mimeType: string, text: string): ContentBlock => ({ type: "resource", resource: { uri, mimeType, text } });

export const tools: AnyTool[] = [
	tool("test_simple_text", async () => ({ text: "This is a simple text response for testing." })),
	tool("test_image_content", async () => ({ text: "", extra: [image] })),
	tool("test_audio_content", async () => ({ text: "", extra: [{ type: "audio", data: WAV, mimeType: "audio/wav" }] })),
	tool("test_embedded_resource", async () => ({
		text: "",
		extra: [document("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
	})),
	tool("test_multiple_content_types", async () => ({
		text: "Multiple content types test:",
		extra: [image, document("test://mixed-content-resource", "application/json", '{"test":"data","value":123}')],
	})),
	tool("test_tool_with_logging", async (_args, context) => {
		for (const message of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
			await callerOf(context).log("info", message);
			await pause(50);
		}
		return { text: "Three lines were logged." };
	}),
	tool("test_error_handling", async () => {
		throw new AppError("BAD_INPUT", "This tool intentionally returns an error for testing");
	}),
	tool("test_tool_with_progress", async (_args, context) => {
		for (const done of [0, 50, 100]) {
			context.progress(done, 100);
			await pause(50);
		}
		return { text: "Progress was told three times." };
	}),
	tool(
		"test_sampling",
		async ({ prompt = "" }, context) => ({ text: `LLM response: ${await callerOf(context).sample({ prompt, maxTokens: 100 })}` }),
		z.object({ prompt: z.string() }),
	),
	tool(
		"test_elicitation",
		async ({ message = "" }, context) => {
			const properties = {
				username: { type: "string", description: "User's response" },
				email: { type: "string", description: "User's email address" },
			};
			return { text: `User response: ${await elicit(context, message, properties, ["username", "email"])}` };
		},
		z.object({ message: z.string() }),
	),
	tool("test_elicitation_sep1034_defaults", async (_args, context) => ({
		text: `Elicitation completed: ${await elicit(context, "Please check", DEFAULTS)}`,
	})),
	tool("test_elicitation_sep1330_enums", async (_args, context) => ({
		text: `Elicitation completed: ${await elicit(context, "Please choose", ENUMS)}`,
	})),
	tool("test_reconnection", async (_args, context) => {
		callerOf(context).letGo();
		await pause(100);
		return { text: "The answer came over another stream than the question." };
	}),
	tool("json_schema_2020_12_tool", async () => ({ text: "ok" }), rich),
];
