"""The generated files of a service, from typed values: same input, same bytes. Pure but for
`store`, which writes them down."""
