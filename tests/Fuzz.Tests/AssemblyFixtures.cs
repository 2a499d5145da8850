using AiPlatform.Testing;

[assembly: AssemblyFixture(typeof(Stores))]
