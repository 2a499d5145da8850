using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);

var greeting = builder.AddParameter("greeting");
var jobs = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("jobs");
var redis = builder.AddRedis("redis");

var back = builder.AddProject<Projects.SampleService>("back")
    .WithHttpEndpoint()
    .WithReference(jobs).WaitFor(jobs)
    .WithReference(redis).WaitFor(redis)
    .WithEnvironment("SAMPLE_GREETING", greeting)
    .WithHttpHealthCheck("/readyz");

builder.AddProject<Projects.SampleService>("front")
    .WithHttpEndpoint(port: builder.Configuration.GetValue<int?>("FRONT_PORT"))
    .WithExternalHttpEndpoints()
    .WithEnvironment("BACK_URL", back.GetEndpoint("http"))
    .WaitFor(back)
    .WithHttpHealthCheck("/readyz")
    .WithUrlForEndpoint("http", url => url.DisplayText = "Front")
    .WithUrlForEndpoint("http", _ => new() { Url = "/docs", DisplayText = "Documents" });

builder.Build().Run();
