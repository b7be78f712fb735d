"""Who reviews what. Pure: plain values in, plain values out."""
