namespace Aspire.Hosting;

/// <summary>One referenced project, as a generated class describes it.</summary>
public interface IProjectMetadata
{
    string ProjectPath { get; }

    /// <summary>The built assembly. Only LocalAspire's generated classes have it; Aspire starts projects with <c>dotnet run</c>.</summary>
    string TargetPath { get; }
}
