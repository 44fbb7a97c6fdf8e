import { describeSource } from "./describe-source.ts";
import { source } from "./fixture/weather.ts";

const token = "weather-token-4711";

describeSource({
	source,
	module: new URL("./fixture/weather.ts", import.meta.url),
	env: (url) => ({ WEATHER_URL: url, WEATHER_TOKEN: token }),
	secrets: [token],
	badEnv: { env: { WEATHER_URL: "not a url" }, mentions: ["WEATHER_URL", "WEATHER_TOKEN"] },
});
