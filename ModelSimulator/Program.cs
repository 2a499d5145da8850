using AiPlatform.ModelSimulator;
using Microsoft.Extensions.Options;

try
{
    await using var app = SimulatorApp.Build(args);
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException refused)
{
    // One readable message; a stack trace would hide the setting to change.
    await Console.Error.WriteLineAsync(refused.Message);
    return 1;
}
