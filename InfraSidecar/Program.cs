using AiPlatform.InfraSidecar;

var app = Sidecar.Build(args);
await app.RunAsync();
