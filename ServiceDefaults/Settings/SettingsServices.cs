using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Settings;

static class SettingsServices
{
    public static void Add<TOptions>(IServiceCollection services)
        where TOptions : class, new()
    {
        // A property that cannot be bound is a defect: it fails where it was written, not where it is first read.
        Setting.Of(typeof(TOptions));

        services.AddOptions<TOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<TOptions>, SettingsBinder<TOptions>>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, SettingsValidator<TOptions>>());
    }
}
