import type { HttpServerHandle, Prompt, Resource } from "@faultline/mcp";
import { createServer, definePrompt, defineResource, defineTemplate, serveHttp } from "@faultline/mcp";
import { PNG, tools } from "./fixture-tools.ts";

const prompts: Prompt[] = [
	definePrompt({
		name: "test_simple_prompt",
		title: "Simple",
		description: "A prompt without arguments.",
		get: () => [{ role: "user", content: { type: "text", text: "This is a simple prompt for testing." } }],
	}),
	definePrompt({
		name: "test_prompt_with_arguments",
		title: "With arguments",
		description: "A prompt that repeats its arguments.",
		arguments: [
			{
				name: "arg1",
				description: "First test argument",
				required: true,
				complete: (typed) => ["testing", "paris", "park", "party"].filter((word) => word.startsWith(typed)),
			},
			{ name: "arg2", description: "Second test argument", required: true },
		],
		get: ({ arg1, arg2 }) => [{ role: "user", content: { type: "text", text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` } }],
	}),
	definePrompt({
		name: "test_prompt_with_embedded_resource",
		title: "With a document",
		description: "A prompt that carries a document.",
		arguments: [{ name: "resourceUri", description: "URI of the resource to embed", required: true }],
		get: ({ resourceUri = "" }) => [
			{
				role: "user",
				content: {
					type: "resource",
					resource: { uri: resourceUri, mimeType: "text/plain", text: "Embedded resource content for testing." },
				},
			},
			{ role: "user", content: { type: "text", text: "Please process the embedded resource above." } },
		],
	}),
	definePrompt({
		name: "test_prompt_with_image",
		title: "With a picture",
		description: "A prompt that carries a picture.",
		get: () => [
			{ role: "user", content: { type: "image", data: PNG, mimeType: "image/png" } },
			{ role: "user", content: { type: "text", text: "Please analyze the image above." } },
		],
	}),
];

const resources: Resource[] = [
	defineResource({
		name: "static-text",
		uri: "test://static-text",
		description: "A text.",
		mimeType: "text/plain",
		read: () => ({ text: "This is the content of the static text resource." }),
	}),
	defineResource({
		name: "static-binary",
		uri: "test://static-binary",
		description: "A picture.",
		mimeType: "image/png",
		read: () => ({ blob: PNG }),
	}),
	defineResource({
		name: "watched",
		uri: "test://watched-resource",
		description: "One to subscribe to.",
		mimeType: "text/plain",
		read: () => ({ text: "Watched." }),
	}),
	defineTemplate({
		name: "template",
		uriTemplate: "test://template/{id}/data",
		description: "Documents by id.",
		mimeType: "application/json",
		complete: { id: (typed) => ["123", "124"].filter((id) => id.startsWith(typed)) },
		read: ({ id }) => ({ text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }),
	}),
];

/** A server with everything that the suite asks for, on the stack that the real servers use. */
export async function startFixtureServer(): Promise<HttpServerHandle> {
	const factory = () =>
		createServer({
			name: "faultline-conformance-fixture",
			title: "Conformance fixture",
			version: "1.0.0",
			instructions: "Exists to be tested.",
			tools,
			prompts,
			resources,
			logging: true,
			subscriptions: true,
		});
	return await serveHttp({ factory, port: 0, sessions: true });
}
