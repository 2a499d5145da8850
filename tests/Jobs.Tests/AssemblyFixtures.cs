using AiPlatform.Testing;

[assembly: AssemblyFixture(typeof(Stores))]

// Most tests wait for the servers, not for the processor.
[assembly: CollectionBehavior(MaxParallelThreads = 8)]
