/** Whether the routes' documentation is wanted: true where the document is made and tested, false in the bundle. */
declare const DOCUMENTED: boolean;
