// The package in browsers and their workers: the module is fetched from beside this file.

export * from "./api.js";
