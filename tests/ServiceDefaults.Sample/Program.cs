using AiPlatform.ServiceDefaults;
using AiPlatform.ServiceDefaults.Sample;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddSettings<SampleOptions>();
builder.UseHttpAddress<HttpOptions>();
builder.Services.AddHostedService<SampleLoop>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.Run();
