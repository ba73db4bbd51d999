"""Letters at the desk: listed, made, edited and checked."""
