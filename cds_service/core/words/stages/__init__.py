"""What words say of the stage and the shape of a femoral head."""
