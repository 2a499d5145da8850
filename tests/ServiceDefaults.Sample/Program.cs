using AiPlatform.ServiceDefaults;
using AiPlatform.ServiceDefaults.Sample;
using Microsoft.Extensions.Options;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddSettings<SampleOptions>();
builder.UseHttpAddress<HttpOptions>();
builder.Services.AddHostedService<SampleLoop>();

var app = builder.Build();
app.MapDefaultEndpoints();
if (app.Services.GetRequiredService<IOptions<SampleOptions>>().Value is { Crashes: true } options)
    throw new InvalidOperationException($"the start was refused with {options.Token}");
app.Run();
