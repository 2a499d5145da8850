using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>One sentence for each setting that is not valid; rules across settings are checked once each single one is valid.</summary>
sealed class SettingsValidator<TOptions>(IConfiguration configuration) : IValidateOptions<TOptions>
    where TOptions : class
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var settings = Setting.Of(typeof(TOptions));
        var failures = settings.Select(setting => Check(setting, options)).OfType<string>().ToList();
        if (failures.Count == 0 && options is IValidatableObject rules)
            failures = [.. rules.Validate(new ValidationContext(options)).Select(failure => Describe(failure, settings, options))];
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    string? Check(Setting setting, TOptions options)
    {
        if (setting.ProblemIn(configuration) is { } problem)
            return problem;
        var text = setting.TextIn(configuration);
        if (text is not null && !setting.TryRead(text, out _))
            return $"{setting.Shown(text)}: {setting.Expectation} is expected.";

        var value = setting.Property.GetValue(options);
        var context = new ValidationContext(options) { MemberName = setting.Property.Name, DisplayName = setting.Name };
        foreach (var rule in setting.Rules)
        {
            if (rule.GetValidationResult(value, context) is not { } failure)
                continue;
            var reason = SettingExpectation.Explains(rule) ? $"{setting.Expectation} is expected." : Sentence(failure.ErrorMessage);
            return $"{setting.Shown(text ?? Setting.Write(value))}: {reason}";
        }
        return null;
    }

    string Describe(ValidationResult failure, IReadOnlyList<Setting> settings, TOptions options)
    {
        var concerned = settings.Where(setting => failure.MemberNames.Contains(setting.Property.Name))
            .Select(setting => setting.Shown(setting.TextIn(configuration) ?? Setting.Write(setting.Property.GetValue(options))));
        var subject = string.Join(", ", concerned);
        return subject.Length == 0 ? Sentence(failure.ErrorMessage) : $"{subject}: {Sentence(failure.ErrorMessage)}";
    }

    static string Sentence(string? reason) => reason is null or "" ? "it is not valid." : reason.EndsWith('.') ? reason : reason + ".";
}
