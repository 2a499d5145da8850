using AiPlatform.Api;

ApiHost.Build(args).Run();
