export { createWorld, type Pod, type Service, slugOf, type World, type WorldOptions } from "./world.ts";
