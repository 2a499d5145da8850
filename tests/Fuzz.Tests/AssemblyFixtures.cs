using AiPlatform.Testing;

[assembly: AssemblyFixture(typeof(Stores))]

// Memory is that of the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
