// The page of a business with pictures. It is complete without this.
import { openPicturesInPlace } from "./islands/picture-viewer";

openPicturesInPlace();
