using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>Sets what can be read; what cannot keeps its default until <see cref="SettingsValidator{TOptions}"/> refuses it.</summary>
sealed class SettingsBinder<TOptions>(IConfiguration configuration) : IConfigureOptions<TOptions>
    where TOptions : class
{
    public void Configure(TOptions options)
    {
        foreach (var setting in Setting.Of(typeof(TOptions)))
        {
            if (setting.TextIn(configuration) is { } text && setting.TryRead(text, out var value))
                setting.Property.SetValue(options, value);
        }
    }
}
